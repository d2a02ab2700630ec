// Realtime events of PocketBase: one stream of server-sent events, with the
// session cookie. It is a hint to look again, never the truth: whoever listens
// asks the server what is so.

// listen calls onEvent after every event of the topic, and onState(true or
// false) when the stream comes and goes. It returns a function that ends it.
export function listen(topic, onEvent, onState = () => {}) {
  const stream = new EventSource("/api/realtime");
  stream.addEventListener("PB_CONNECT", async (event) => {
    const { clientId } = JSON.parse(event.data);
    try {
      const answer = await fetch("/api/realtime", {
        method: "POST", headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ clientId, subscriptions: [topic] }),
      });
      onState(answer.ok);
      if (answer.ok) onEvent(); // something may have happened before we listened
    } catch {
      onState(false);
    }
  });
  stream.addEventListener(topic, onEvent);
  stream.addEventListener("error", () => onState(false));
  const stop = () => stream.close();
  addEventListener("pagehide", stop, { once: true });
  return stop;
}

// refresh replaces the inside of <main> by what the server shows now.
export async function refresh() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.title = fresh.title;
  document.querySelector("main").replaceChildren(...fresh.querySelector("main").childNodes);
}
