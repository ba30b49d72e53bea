local status = obj.status
if type(status) ~= "table" or type(status.totalEndpoints) ~= "number" then
  return {status = "Progressing", message = "the operator has not seen the model yet"}
end
local ready = type(status.readyEndpoints) == "number" and status.readyEndpoints or 0
local message = tostring(ready) .. " of " .. tostring(status.totalEndpoints) .. " endpoints have the model"
if status.totalEndpoints > 0 and ready >= status.totalEndpoints then
  return {status = "Healthy", message = message}
end
return {status = "Progressing", message = message}
