-- v1beta1 has a phase, v1alpha1 a state.
local status = obj.status
if type(status) ~= "table" then
  return {status = "Progressing", message = "the operator has not seen the request yet"}
end
local phase = status.phase or status.state
local message = "the request is " .. tostring(phase or "new")
if phase == "Failed" or phase == "DeploymentDeleted" then
  return {status = "Degraded", message = message}
end
local seen = status.observedGeneration
if seen ~= nil and obj.metadata.generation ~= nil and seen ~= obj.metadata.generation then
  return {status = "Progressing", message = "the operator has not seen the last change yet"}
end
local deploys = obj.spec == nil or obj.spec.autoApply ~= false
if phase == "Deployed" or (phase == "Ready" and (status.phase == nil or not deploys)) then
  return {status = "Healthy", message = message}
end
return {status = "Progressing", message = message}
