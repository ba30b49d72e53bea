local status = obj.status
local phase = type(status) == "table" and status.phase or nil
local message = type(status) == "table" and tostring(status.message or "") or ""
if message == "" then
  message = "the checkpoint is " .. tostring(phase or "new")
end
if phase == "Ready" then
  return {status = "Healthy", message = message}
end
if phase == "Failed" then
  return {status = "Degraded", message = message}
end
return {status = "Progressing", message = message}
