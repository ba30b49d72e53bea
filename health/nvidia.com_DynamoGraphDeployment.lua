-- The operator leaves status.observedGeneration behind when a change fails, so the generation of the Ready
-- condition counts.
local status = obj.status
if type(status) ~= "table" then
  return {status = "Progressing", message = "the operator has not seen the graph yet"}
end
local ready = nil
if type(status.conditions) == "table" then
  for _, condition in ipairs(status.conditions) do
    if type(condition) == "table" and condition.type == "Ready" then
      ready = condition
    end
  end
end
if ready == nil then
  if status.state == "failed" then
    return {status = "Degraded", message = "the graph failed"}
  end
  return {status = "Progressing", message = "the graph is " .. tostring(status.state or "new")}
end
local message = tostring(ready.message or ready.reason or "")
local seen = ready.observedGeneration
if seen ~= nil and obj.metadata.generation ~= nil and seen ~= obj.metadata.generation then
  return {status = "Progressing", message = "the operator has not seen the last change yet"}
end
if status.state == "failed" then
  return {status = "Degraded", message = message}
end
if ready.status == "True" and status.state == "successful" then
  return {status = "Healthy", message = message}
end
return {status = "Progressing", message = message}
