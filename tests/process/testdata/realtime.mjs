// Subscribes with PocketBase's official SDK and prints what arrives, one JSON
// line an event. Arguments: site, token, how many events to wait for.
import PocketBase from "pocketbase";
import { EventSource } from "eventsource";

globalThis.EventSource = EventSource; // Node has none of its own

const [site, token, count] = process.argv.slice(2);
const pb = new PocketBase(site);
pb.authStore.save(token, null);

let left = Number(count);
await pb.collection("projects").subscribe("*", (e) => {
    console.log(JSON.stringify({ action: e.action, id: e.record.id, status: e.record.status, fields: Object.keys(e.record) }));
    if (--left === 0) process.exit(0);
});
console.log("subscribed");
setTimeout(() => process.exit(1), 20000);
