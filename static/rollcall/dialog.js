// A question that a link fetched opens over the page; Escape and Cancel close it, and the link has the focus again.
const dialogOf = (event) => event.target.closest?.("#rollcall-dialog");
document.addEventListener("htmx:beforeSwap", (event) => {
  // Whoever was logged out meanwhile is asked to log in, not shown the whole page in the dialog.
  if (!event.detail.target.closest("#rollcall-dialog")) return;
  if (!event.detail.xhr.responseURL.includes("/login/")) return;
  event.detail.shouldSwap = false;
  window.location.reload();
});
document.addEventListener("htmx:afterSwap", (event) => {
  const dialog = dialogOf(event);
  if (dialog && !dialog.open) dialog.showModal();
  dialog?.querySelector(".errors :is(input, select, textarea)")?.focus();
});
document.addEventListener("click", (event) => {
  const dialog = dialogOf(event);
  if (!dialog || !(event.target.closest("[data-closes-dialog]") || event.target === dialog)) return;
  event.preventDefault();
  dialog.close();
});
document.addEventListener("close", (event) => dialogOf(event)?.replaceChildren(), true);
