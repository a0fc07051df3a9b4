// Runs once, on an empty data directory: the application gets a user of its
// own that can touch its own database and nothing else.
const fs = require("fs");
const password = fs.readFileSync("/run/secrets/mongo_app_password", "utf8").trim();
db.getSiblingDB("palmonas").createUser({
  user: "palmonas",
  pwd: password,
  roles: [{ role: "readWrite", db: "palmonas" }, { role: "dbAdmin", db: "palmonas" }],
});
