// What the admin opens by a click on something that is no button is reached and opened by keyboard too, and everything
// that can be reached says its name.
const clickable = "[x-on\\:click]:not(a[href], button, input, select, textarea, label, dialog, [tabindex])";
const reach = (root) => {
  root.querySelectorAll(clickable).forEach((element) => {
    if (element.getAttribute("x-on:click").includes("stopPropagation")) return;
    element.setAttribute("role", "button");
    element.tabIndex = 0;
  });
  // Icons are letters of a font, whose names are no words: left out beside words; what shows nothing else gets a name.
  root.querySelectorAll(".material-symbols-outlined").forEach((icon) => {
    const around = icon.closest("a, button, [role=button], th, td, label");
    if (around && around !== icon && around.textContent.trim() !== icon.textContent.trim()) icon.ariaHidden = "true";
  });
  const names = document.getElementById("page")?.dataset ?? {};
  root.querySelectorAll("a, button, [role=button]").forEach((element) => {
    const icons = [...element.querySelectorAll(".material-symbols-outlined")].map((icon) => icon.textContent.trim());
    if (element.ariaLabel || element.textContent.replace(/\s/g, "") !== icons.join("")) return;
    const name = element.title.trim() || names[icons[0]];
    if (name) element.ariaLabel = name;
  });
};
// A select with a search gets the name of the field that it stands for; both are made after the page was loaded.
const nameWidgets = () => {
  document.querySelectorAll(".help-tooltip[aria-label]:not([role])").forEach((tip) => tip.setAttribute("role", "img"));
  document.querySelectorAll("select.select2-hidden-accessible").forEach((select) => {
    const words = select.labels[0]?.textContent.trim() || select.name;
    const shown = select.nextElementSibling?.querySelectorAll(".select2-selection, .select2-selection__rendered, .select2-search__field");
    shown?.forEach((part) => {
      if (part.getAttribute("role") === "combobox" || part.getAttribute("role") === "textbox") part.removeAttribute("aria-labelledby");
      if (part.ariaLabel !== words) part.ariaLabel = words;
    });
  });
  document.querySelectorAll(".select2-dropdown .select2-search__field, .select2-results__options").forEach((part) => {
    const open = document.querySelector(".select2-container--open .select2-selection");
    const words = open?.ariaLabel || document.activeElement?.ariaLabel;
    if (words && part.ariaLabel !== words) part.ariaLabel = words;
  });
};
document.addEventListener("DOMContentLoaded", () => {
  reach(document);
  new MutationObserver(nameWidgets).observe(document.body, { childList: true, subtree: true });
  nameWidgets();
});
document.addEventListener("alpine:initialized", () => reach(document));
document.addEventListener("htmx:afterSettle", (event) => reach(event.target));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" && event.key !== " ") return;
  if (event.target.getAttribute("role") !== "button" || event.target.tagName === "BUTTON") return;
  event.preventDefault();
  event.target.click();
});
// What a key opened has the focus: a menu of the skin may stand anywhere in the page.
const first = "a[href], button, input:not([type=hidden]), select, textarea, [tabindex='0']";
const visible = (selector) => [...document.querySelectorAll(selector)].filter((one) => one.offsetParent);
// Tries for a second: what opens may take a moment until it can have the focus.
const focusWithin = (selector, tries = 20) => {
  const box = document.querySelector(selector);
  if (box?.contains(document.activeElement) || tries === 0) return;
  [...(box?.querySelectorAll(first) ?? [])].find((one) => one.offsetHeight > 1)?.focus();
  setTimeout(() => focusWithin(selector, tries - 1), 50);
};
const intoMenu = (event) => {
  if (event.detail !== 0 || !event.target.closest("[aria-controls=nav-sidebar], [role=button]")) return;
  const before = document.activeElement;
  setTimeout(() => {
    if (document.activeElement !== before) return;
    const phone = window.innerWidth < 1280 && before.getAttribute("aria-controls") && before.ariaExpanded === "true";
    const menu = phone ? document.querySelector("#nav-sidebar-apps") : visible("nav[x-show]")[0];
    menu?.querySelector(first)?.focus();
  }, 200);
};
document.addEventListener("click", intoMenu);
// What opened closes with Escape, and the focus goes back to what opened it.
let opener = null;
document.addEventListener("click", (event) => {
  const element = event.target.closest("[hx-get], [role=button], button");
  if (element && !element.closest("dialog, #changelist-filter")) opener = element;
  if (element?.getAttribute("x-on:click") !== "filterOpen = true") return;
  focusWithin("#changelist-filter");
}, true);
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  // A menu of the skin closes by a click elsewhere, and by nothing else.
  const menus = visible("nav[x-show]");
  if (menus.length) document.body.click();
  const sidebar = visible("[aria-controls=nav-sidebar][aria-expanded=true]")[0];
  if (sidebar && window.innerWidth < 1280 && !menus.length) { sidebar.click(); opener = sidebar; }
  if (opener) { const back = opener; setTimeout(() => back.focus(), 50); }
});
