local status = obj.status
if type(status) ~= "table" then
  return {status = "Progressing", message = "the controller has not seen the set yet"}
end
if status.observedGeneration ~= nil and obj.metadata.generation ~= nil
  and status.observedGeneration ~= obj.metadata.generation then
  return {status = "Progressing", message = "the controller has not seen the last change yet"}
end
local wanted = 1
if type(obj.spec) == "table" and type(obj.spec.replicas) == "number" then
  wanted = obj.spec.replicas
end
local ready = type(status.readyReplicas) == "number" and status.readyReplicas or 0
local updated = type(status.updatedReplicas) == "number" and status.updatedReplicas or 0
local message = tostring(ready) .. " of " .. tostring(wanted) .. " groups are ready, "
  .. tostring(updated) .. " have the last change"
if ready >= wanted and updated >= wanted then
  return {status = "Healthy", message = message}
end
return {status = "Progressing", message = message}
