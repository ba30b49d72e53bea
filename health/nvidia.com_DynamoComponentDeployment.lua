local status = obj.status
local conditions = type(status) == "table" and status.conditions
if type(conditions) ~= "table" then
  return {status = "Progressing", message = "the operator has not seen the component yet"}
end
for _, condition in ipairs(conditions) do
  if type(condition) == "table" and condition.type == "Available" then
    local seen = condition.observedGeneration or status.observedGeneration
    if seen ~= nil and obj.metadata.generation ~= nil and seen ~= obj.metadata.generation then
      return {status = "Progressing", message = "the operator has not seen the last change yet"}
    end
    local message = tostring(condition.message or condition.reason or "")
    if condition.status == "True" then
      return {status = "Healthy", message = message}
    end
    return {status = "Progressing", message = message}
  end
end
return {status = "Progressing", message = "the component is not available yet"}
