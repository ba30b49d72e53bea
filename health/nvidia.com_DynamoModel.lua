-- Endpoints of a base model are found, never ready; the condition knows the difference.
local status = obj.status
if type(status) == "table" and type(status.conditions) == "table" then
  for _, condition in ipairs(status.conditions) do
    if type(condition) == "table" and condition.type == "EndpointsReady" then
      local seen = condition.observedGeneration
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
end
return {status = "Progressing", message = "the operator has not seen the model yet"}
