-- Each Gateway that routes to the pool is a parent with conditions of its own.
local status = obj.status
if type(status) ~= "table" or type(status.parents) ~= "table" then
  return {status = "Progressing", message = "no Gateway has taken the pool yet"}
end
local function is_about_this(condition)
  local seen = condition.observedGeneration
  return seen == nil or obj.metadata.generation == nil or seen == obj.metadata.generation
end
local accepted = false
for _, parent in ipairs(status.parents) do
  if type(parent) == "table" and type(parent.conditions) == "table" then
    for _, condition in ipairs(parent.conditions) do
      if type(condition) == "table" and is_about_this(condition) and condition.status == "False"
        and (condition.type == "Accepted" or condition.type == "ResolvedRefs") then
        return {status = "Degraded", message = tostring(condition.message or condition.reason or "")}
      end
      if type(condition) == "table" and is_about_this(condition)
        and condition.type == "Accepted" and condition.status == "True" then
        accepted = true
      end
    end
  end
end
if accepted then
  return {status = "Healthy", message = "the pool is accepted"}
end
return {status = "Progressing", message = "no Gateway has taken the pool yet"}
