// What the admin opens by a click on something that is no button is reached and opened by keyboard too.
const clickable = "[x-on\\:click]:not(a[href], button, input, select, textarea, label, dialog, [tabindex])";
const reach = (root) => {
  root.querySelectorAll(clickable).forEach((element) => {
    if (element.getAttribute("x-on:click").includes("stopPropagation")) return;
    element.setAttribute("role", "button");
    element.tabIndex = 0;
  });
};
document.addEventListener("DOMContentLoaded", () => reach(document));
document.addEventListener("htmx:afterSettle", (event) => reach(event.target));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" && event.key !== " ") return;
  if (event.target.getAttribute("role") !== "button" || event.target.tagName === "BUTTON") return;
  event.preventDefault();
  event.target.click();
});
