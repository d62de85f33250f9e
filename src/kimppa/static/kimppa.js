// Everything works without this file; here it only becomes smoother.

// A form that must not be sent twice says that it is on its way.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.hasAttribute("data-once")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  for (const button of form.querySelectorAll("button[type=submit]")) button.classList.add("is-busy");
});

// Back from the next page: the form may be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-once]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll(".is-busy")) button.classList.remove("is-busy");
  }
});

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  if (!target || event.defaultPrevented) return;
  const opener = target.closest("[data-open-dialog]");
  if (opener) {
    const dialog = document.getElementById(opener.getAttribute("data-open-dialog"));
    if (dialog instanceof HTMLDialogElement) {
      event.preventDefault();
      dialog.showModal();
    }
    return;
  }
  if (target.closest("[data-close-dialog]")) {
    const dialog = target.closest("dialog");
    if (dialog) {
      event.preventDefault();
      dialog.close();
    }
    return;
  }
  const link = target.closest("a[data-dialog]");
  if (link && event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey) {
    event.preventDefault();
    openPage(link.href);
  }
});

// A page that asks first, shown in a dialog. Anything unexpected: go to the page itself.
async function openPage(address) {
  try {
    const answer = await fetch(address, { headers: { "X-Requested-With": "dialog" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const content = page.querySelector(".confirm");
    if (!answer.ok || !content) throw new Error("not a question");
    const dialog = document.createElement("dialog");
    dialog.className = "dialog";
    const heading = content.querySelector("h1, h2");
    if (heading) {
      heading.id = "dialog-heading";
      dialog.setAttribute("aria-labelledby", "dialog-heading");
    }
    dialog.append(document.adoptNode(content));
    dialog.querySelectorAll("a.button").forEach((cancel) => cancel.setAttribute("data-close-dialog", ""));
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  } catch {
    window.location.assign(address);
  }
}

// Where a form came back with errors, the summary is read first.
const errors = document.getElementById("errors");
if (errors) errors.focus();

// The back office's menu on a narrow screen closes with Escape.
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && window.location.hash === "#navigation") window.location.hash = "main";
});

// The residents' pages can be installed, and say so honestly when there is no network.
if ("serviceWorker" in navigator && document.querySelector('link[rel="manifest"]')) {
  navigator.serviceWorker.register("/sw.js").catch(() => {
    // Without it everything works but the page for being offline.
  });
}
