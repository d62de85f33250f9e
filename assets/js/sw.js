// Keeps one page for when there is no network. No other page and nothing personal is ever kept.
const KEPT = "kimppa-offline-1";
const STYLE = "/static/kimppa.css";
const LANGUAGES = ["fi", "sv", "en"];

self.addEventListener("install", (event) => {
  const pages = LANGUAGES.map((code) => `/${code}/offline/`);
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll([...pages, STYLE])).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const others = caches.keys().then((names) => names.filter((name) => name !== KEPT));
  event.waitUntil(others.then((names) => Promise.all(names.map((name) => caches.delete(name)))));
});

self.addEventListener("fetch", (event) => {
  if (new URL(event.request.url).pathname === STYLE) {
    event.respondWith(fetch(event.request).catch(() => caches.match(STYLE)));
    return;
  }
  if (event.request.mode !== "navigate" || event.request.method !== "GET") return;
  event.respondWith(fetch(event.request).catch(() => offline(event.request)));
});

async function offline(request) {
  const code = new URL(request.url).pathname.split("/")[1];
  const language = LANGUAGES.includes(code) ? code : "fi";
  const page = await caches.match(`/${language}/offline/`);
  return page || Response.error();
}
