// Realtime events of PocketBase: one stream of server-sent events, with the
// session cookie. It is a hint to look again, never the truth: whoever listens
// asks the server what is so.

// listen calls onEvent after every event of the topics, and onState(true or
// false) when the stream comes and goes. One stream has them all: browsers open
// only six to one site.
export function listen(topics, onEvent, onState = () => {}) {
  const stream = new EventSource("/api/realtime");
  stream.addEventListener("PB_CONNECT", async (event) => {
    const { clientId } = JSON.parse(event.data);
    try {
      const answer = await fetch("/api/realtime", {
        method: "POST", headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ clientId, subscriptions: topics }),
      });
      onState(answer.ok);
      if (answer.ok) onEvent(); // something may have happened before we listened
    } catch {
      onState(false);
    }
  });
  for (const topic of topics) stream.addEventListener(topic, onEvent);
  stream.addEventListener("error", () => onState(false));
  addEventListener("pagehide", () => stream.close(), { once: true });
}

// refresh replaces the inside of <main> by what the server shows now.
export async function refresh() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.title = fresh.title;
  document.querySelector("main").replaceChildren(...fresh.querySelector("main").childNodes);
}
