local status = obj.status
if type(status) == "table" and status.status == "Ready" then
  return {status = "Healthy", message = "the NVLink domain is ready"}
end
return {status = "Progressing", message = "the NVLink domain waits for its nodes"}
