// The reader: foliate-js turns pages; the book's parts come one by one from the server, which runs no script
// of theirs. Kept here: settings (this device) and the place (the server, so that every device knows it).
import { Paginator } from "./foliate/paginator.js";
import { SectionProgress, TOCProgress } from "./foliate/progress.js";

const main = document.getElementById("main");
const holder = main.querySelector("[data-book]");
const contents = document.getElementById("contents");
const settingsDialog = document.getElementById("settings");
const note = main.querySelector("[data-note]");
const where = document.querySelector("[data-where]");
const slider = document.querySelector("[data-whole]");
const say = (name) => main.dataset[`say${name}`];

const FACES = { serif: 'Literata, "Skolt Serif", Georgia, serif', sans: "Inter, system-ui, sans-serif" };
const SPACINGS = { normal: [1.5, 0, 0], loose: [1.8, 0.01, 0.06], wide: [2.1, 0.03, 0.16] };
const THEMES = {
  light: ["#ffffff", "#0b1f2a", "#0e5a4a"],
  paper: ["#f6efe0", "#2b2115", "#0e5a4a"],
  dark: ["#0b1b27", "#dfe9ee", "#74d8b8"],
};
const SIZES = [80, 90, 100, 110, 125, 140, 160, 185, 215, 250];
const KEY = "kimppa-reader";

let settings = { size: 100, face: "serif", spacing: "normal", theme: "auto", flow: "paginated" };
try {
  settings = { ...settings, ...JSON.parse(localStorage.getItem(KEY) ?? "{}") };
} catch {
  // A reader that may not store anything still reads.
}

const systemDark = matchMedia("(prefers-color-scheme: dark)");

// A part that is still on its way has no body to lay out; it is laid out when it has come.
class Pages extends Paginator {
  render() {
    const [content] = this.getContents?.() ?? [];
    if (content && !content.doc?.body) return;
    super.render();
  }
}
customElements.define("kimppa-pages", Pages);
const book = document.createElement("kimppa-pages");
let sections = [];
let paths = [];
let sectionProgress = null;
let tocProgress = null;
let place = null;
let unsaved = false;
let timer = 0;
let lastSaved = 0;
let chapter = "";
// Opening a book is not reading it: the kept place moves only when the reader does.
let moved = false;

function themeName() {
  if (THEMES[settings.theme]) return settings.theme;
  const page = document.documentElement.dataset.theme;
  return page ?? (systemDark.matches ? "dark" : "light");
}

function styles() {
  const [ground, ink, link] = THEMES[themeName()] ?? THEMES.light;
  const [leading, letters, words] = SPACINGS[settings.spacing] ?? SPACINGS.normal;
  const fonts = main.dataset.fonts;
  const face = FACES[settings.face];
  const own = settings.face === "own" && settings.spacing === "normal";
  return [
    `@font-face{font-family:Literata;font-weight:400 700;src:url("${fonts}fonts/literata-latin.woff2")}
     @font-face{font-family:Literata;font-style:italic;font-weight:400 700;src:url("${fonts}fonts/literata-latin-italic.woff2")}
     @font-face{font-family:Literata;font-weight:400 700;src:url("${fonts}fonts/literata-sami.woff2");unicode-range:U+100-2FF}
     @font-face{font-family:"Skolt Serif";font-weight:400 700;src:url("${fonts}fonts/noto-serif-skolt.woff2");unicode-range:U+1B7,U+1E4-1E5,U+1E8-1E9,U+1EE-1EF,U+292}
     @font-face{font-family:Inter;font-weight:400 700;src:url("${fonts}fonts/inter-latin.woff2")}
     @font-face{font-family:Inter;font-weight:400 700;src:url("${fonts}fonts/inter-sami.woff2");unicode-range:U+100-2FF}
     html{font-size:${settings.size}%}`,
    `html{--theme-bg-color:${ground};background:${ground}!important;color:${ink}!important;font-size:${settings.size}%!important}
     body{color:inherit!important;background:transparent!important}
     ${own ? "" : `p,li,blockquote,dd,dt{line-height:${leading}!important;letter-spacing:${letters}em!important;word-spacing:${words}em!important}`}
     ${face ? `body,p,li,h1,h2,h3,h4,h5,h6,blockquote,dd,dt,td,th,span,a,em,strong,cite{font-family:${face}!important}` : ""}
     p,li{hyphens:auto;hyphenate-limit-chars:8 4 4;orphans:2;widows:2}
     a:any-link{color:${link}!important}
     h1,h2,h3,h4,p,li,blockquote,td,th,dt,dd,span,em,strong{color:inherit!important}
     img,svg{max-width:100%}
     :focus-visible{outline:3px solid ${link}!important;outline-offset:2px}`,
  ];
}

function applySettings() {
  document.documentElement.dataset.readerTheme = themeName();
  book.setAttribute("flow", settings.flow);
  book.setAttribute("gap", "7%");
  book.setAttribute("margin", "28px");
  book.setAttribute("max-inline-size", `${Math.round(640 * Math.sqrt(settings.size / 100))}px`);
  book.setAttribute("max-column-count", innerWidth > 1100 ? "2" : "1");
  book.setStyles?.(styles());
  document.querySelector("[data-size-now]").textContent = `${settings.size} %`;
  for (const input of settingsDialog.querySelectorAll("input[type=radio]"))
    input.checked = settings[input.name] === input.value;
  try {
    localStorage.setItem(KEY, JSON.stringify(settings));
  } catch {
    // see above
  }
}

// ── where one is ─────────────────────────────────────────────────────────────────────────────────────────
const squeeze = (text) => text.replace(/\s+/g, " ").trim();

// The words kept with the place lead back to it, whatever the letter size or the device is.
function findWords(doc, words, progression) {
  const wanted = squeeze(words);
  if (!wanted) return progression;
  const nodes = [];
  let text = "";
  const starts = [];
  const walker = doc.createTreeWalker(doc.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    for (let i = 0; i < node.data.length; i++) {
      const char = /\s/.test(node.data[i]) ? " " : node.data[i];
      if (char === " " && (text === "" || text.endsWith(" "))) continue;
      text += char;
      starts.push([nodes.length, i]);
    }
    nodes.push(node);
  }
  let best = -1;
  for (const cut of [wanted, wanted.slice(0, 60), wanted.slice(0, 25)]) {
    for (let at = text.indexOf(cut); at >= 0 && cut; at = text.indexOf(cut, at + 1))
      if (best < 0 || Math.abs(at / text.length - progression) < Math.abs(best / text.length - progression)) best = at;
    if (best >= 0) break;
  }
  if (best < 0) return progression;
  const range = doc.createRange();
  const [first, offset] = starts[best];
  range.setStart(nodes[first], offset);
  const [last, end] = starts[Math.min(best + 1, starts.length - 1)];
  range.setEnd(nodes[last], end + 1 > nodes[last].data.length ? end : end + 1);
  return range;
}

async function goToPlace(kept) {
  const index = paths.indexOf(kept?.href ?? "");
  if (index < 0) return book.goTo({ index: 0, anchor: 0 });
  const progression = Number(kept.locations?.progression ?? 0);
  const words = String(kept.text?.highlight ?? "");
  return book.goTo({ index, anchor: (doc) => findWords(doc, words, progression) });
}

function goToHref(href) {
  const [path, fragment] = href.split("#");
  const index = paths.indexOf(decodeURIComponent(path));
  if (index < 0) return Promise.resolve();
  const id = fragment ? decodeURIComponent(fragment) : "";
  return book.goTo({ index, anchor: (doc) => (id && doc.getElementById(id)) || 0 });
}

function showPlace() {
  const percent = Math.round(place.whole * 100);
  where.textContent = [chapter, say("Read").replace("{n}", String(percent))].filter(Boolean).join(" · ");
  slider.value = String(Math.round(place.whole * 1000));
  slider.setAttribute("aria-valuetext", where.textContent);
}

book.addEventListener("relocate", ({ detail }) => {
  const { index, fraction = 0, size = 0, range, reason } = detail;
  const fractionNow = Math.min(1, Math.max(0, fraction));
  const progress = sectionProgress.getProgress(index, fractionNow, size);
  const before = chapter;
  chapter = tocProgress.getProgress(index, range)?.label ?? chapter;
  place = {
    href: paths[index],
    progression: fractionNow,
    whole: Math.min(1, Math.max(0, progress.fraction || 0)),
    text: squeeze(range?.toString() ?? "").slice(0, 120),
    at: Date.now(),
  };
  if (before !== chapter) for (const link of contents.querySelectorAll("a")) link.toggleAttribute("aria-current", link.textContent === chapter);
  showPlace();
  if (!moved || reason === "anchor") return;
  unsaved = true;
  clearTimeout(timer);
  timer = setTimeout(save, 1200);
});

async function save() {
  if (!unsaved || !place) return;
  unsaved = false;
  clearTimeout(timer);
  const { at, ...body } = place;
  try {
    const answer = await fetch(main.dataset.position, {
      method: "PUT",
      keepalive: true,
      headers: { "Content-Type": "application/json", "X-CSRFToken": main.dataset.csrf },
      body: JSON.stringify({ ...body, age: (Date.now() - at) / 1000 }),
    });
    if (answer.ok) {
      lastSaved = Date.now();
      tell("");
    } else if (answer.status === 409) {
      await lookElsewhere();
    } else if ([401, 403, 404].includes(answer.status)) {
      tell(say("Ended"));
    } else {
      throw new Error(String(answer.status));
    }
  } catch {
    unsaved = true;
    tell(say("Lost"));
  }
}

// Read on elsewhere meanwhile: offered, never done by itself.
async function lookElsewhere() {
  const answer = await fetch(main.dataset.position);
  if (!answer.ok) return;
  const { position: kept } = await answer.json();
  if (kept && place && (kept.locations?.totalProgression ?? 0) > place.whole + 0.002)
    tell(say("Elsewhere"), () => goToPlace(kept));
}

function tell(text, go) {
  note.hidden = !text;
  note.querySelector("[data-note-text]").textContent = text;
  const button = note.querySelector("[data-note-go]");
  button.hidden = !go;
  button.textContent = say("Go");
  button.onclick = () => {
    note.hidden = true;
    go?.();
  };
}

// ── hands and keys ───────────────────────────────────────────────────────────────────────────────────────
function toggleContents(open = !main.classList.contains("is-contents")) {
  main.classList.toggle("is-contents", open);
  document.querySelector("[data-contents]").setAttribute("aria-expanded", String(open));
  if (open) (contents.querySelector("a[aria-current]") ?? contents.querySelector("a"))?.focus();
  else if (contents.contains(document.activeElement)) document.querySelector("[data-contents]").focus();
}

const turn = { back: () => book.prev(), forward: () => book.next() };

function onKey(event) {
  if (event.altKey || event.ctrlKey || event.metaKey || settingsDialog.open) return;
  const target = event.target;
  const inControl = target instanceof Element && target.closest("input, button, a, select, textarea, summary");
  const act = {
    ArrowRight: turn.forward,
    ArrowLeft: turn.back,
    PageDown: turn.forward,
    PageUp: turn.back,
    Home: () => book.goTo({ index: paths.indexOf(place.href), anchor: 0 }),
    End: () => book.goTo({ index: paths.indexOf(place.href), anchor: 1 }),
    " ": event.shiftKey ? turn.back : turn.forward,
    t: () => toggleContents(),
    s: () => settingsDialog.showModal(),
    Escape: () => toggleContents(false),
  }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act || (inControl && event.key !== "Escape" && (event.key === " " || target.matches("input")))) return;
  if (settings.flow === "scrolled" && [" ", "PageDown", "PageUp", "Home", "End"].includes(event.key)) return;
  event.preventDefault();
  act();
}

book.addEventListener("load", ({ detail: { doc, index } }) => {
  const frame = doc.defaultView?.frameElement;
  if (frame) frame.title = `${document.querySelector("h1").textContent} – ${chapter || paths[index]}`;
  doc.documentElement.lang ||= main.querySelector("h1").lang || document.documentElement.lang;
  doc.addEventListener("keydown", onKey);
  doc.addEventListener("click", (event) => {
    const link = event.target instanceof doc.defaultView.Element ? event.target.closest("a[href]") : null;
    if (!link) {
      if (doc.getSelection()?.isCollapsed !== false) turnAt(event.clientX + (frame?.getBoundingClientRect().left ?? 0));
      return;
    }
    event.preventDefault();
    const raw = link.getAttribute("href");
    if (/^(https?:|mailto:)/i.test(raw)) {
      globalThis.open(raw, "_blank", "noopener,noreferrer");
      return;
    }
    const base = new URL(paths[index], "http://book/");
    const target = new URL(raw, base);
    goToHref(decodeURIComponent(target.pathname.slice(1)) + target.hash);
  });
});

// A tap on the page's left or right edge turns it, as one does with paper.
function turnAt(x) {
  if (settings.flow === "scrolled") return;
  const { left, width } = holder.getBoundingClientRect();
  const part = (x - left) / width;
  if (part < 0.2) turn.back();
  else if (part > 0.8) turn.forward();
}

holder.addEventListener("click", (event) => turnAt(event.clientX));
document.addEventListener("keydown", onKey);
document.querySelector("[data-prev]").addEventListener("click", turn.back);
document.querySelector("[data-next]").addEventListener("click", turn.forward);
document.querySelector("[data-contents]").addEventListener("click", () => toggleContents());
document.querySelector("[data-settings]").addEventListener("click", () => settingsDialog.showModal());
contents.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a[data-href]") : null;
  if (!link) return;
  event.preventDefault();
  toggleContents(false);
  void goToHref(link.dataset.href).then(() => book.focusView?.());
});
slider.addEventListener("change", () => {
  const [index, anchor] = sectionProgress.getSection(Number(slider.value) / 1000);
  book.goTo({ index, anchor });
});
settingsDialog.addEventListener("change", (event) => {
  if (event.target instanceof HTMLInputElement && event.target.type === "radio") {
    settings[event.target.name] = event.target.value;
    applySettings();
  }
});
for (const button of settingsDialog.querySelectorAll("[data-size]"))
  button.addEventListener("click", () => {
    const now = SIZES.indexOf(settings.size);
    const next = Math.min(SIZES.length - 1, Math.max(0, (now < 0 ? 2 : now) + Number(button.dataset.size)));
    settings.size = SIZES[next];
    applySettings();
  });
systemDark.addEventListener("change", applySettings);
// To the shelf with the place already saved, so that the shelf tells the truth.
document.querySelector(".reader__bar a").addEventListener("click", (event) => {
  if (!unsaved || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  const { href } = event.currentTarget;
  const late = new Promise((resolve) => setTimeout(resolve, 1500));
  void Promise.race([save(), late]).finally(() => location.assign(href));
});
addEventListener("pagehide", () => void save());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") void save();
  else if (Date.now() - lastSaved > 60_000) void lookElsewhere();
});

// ── begin ────────────────────────────────────────────────────────────────────────────────────────────────
const labelled = (entries) =>
  entries.map(({ title, href, children }) => ({ label: title, href, subitems: labelled(children) }));

async function open() {
  const answer = await fetch(main.dataset.manifest);
  if (!answer.ok) throw new Error(String(answer.status));
  const manifest = await answer.json();
  paths = manifest.readingOrder.map((item) => item.href);
  sections = manifest.readingOrder.map((item) => ({
    id: item.href,
    load: () => item.url,
    unload: () => {},
    size: item.properties.size,
    linear: "yes",
  }));
  sectionProgress = new SectionProgress(sections, 1500, 1600);
  tocProgress = new TOCProgress();
  await tocProgress.init({
    toc: labelled(manifest.toc),
    ids: paths,
    splitHref: (href) => href?.split("#") ?? [],
    getFragment: (doc, id) => (id ? doc.getElementById(id) : doc.body),
  });
  document.documentElement.classList.add("is-reading");
  for (const part of document.querySelectorAll("[data-tools], [data-foot], [data-book]")) part.hidden = false;
  holder.append(book);
  book.open({ sections, dir: "ltr" });
  applySettings();
  await goToPlace(manifest.position);
  moved = true;
  main.dataset.ready = "yes";
}

open().catch(() => tell(say("Broken")));
