// Health check of the mongo service: healthy means "a writable primary". The
// first call also starts the single-member replica set.
const fs = require("fs");
const password = fs.readFileSync("/run/secrets/mongo_root_password", "utf8").trim();
const admin = db.getSiblingDB("admin");
admin.auth("root", password);
try {
  rs.status();
} catch (e) {
  if (e.codeName !== "NotYetInitialized") throw e;
  rs.initiate({ _id: "rs0", members: [{ _id: 0, host: "mongo:27017" }] });
}
if (!admin.hello().isWritablePrimary) {
  quit(1);
}
