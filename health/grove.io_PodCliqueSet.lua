local status = obj.status
if type(status) ~= "table" then
  return {status = "Progressing", message = "Grove has not seen the set yet"}
end
if status.observedGeneration ~= nil and obj.metadata.generation ~= nil
  and status.observedGeneration ~= obj.metadata.generation then
  return {status = "Progressing", message = "Grove has not seen the last change yet"}
end
if type(status.podGangStatuses) == "table" then
  for _, gang in ipairs(status.podGangStatuses) do
    if type(gang) == "table" and gang.phase == "Failed" then
      return {status = "Degraded", message = "gang " .. tostring(gang.name) .. " failed"}
    end
  end
end
local wanted = 1
if type(obj.spec) == "table" and type(obj.spec.replicas) == "number" then
  wanted = obj.spec.replicas
end
local available = type(status.availableReplicas) == "number" and status.availableReplicas or 0
local message = tostring(available) .. " of " .. tostring(wanted) .. " replicas are available"
if available >= wanted then
  return {status = "Healthy", message = message}
end
return {status = "Progressing", message = message}
