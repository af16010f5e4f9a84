// The choice of a club is followed at once; paper shows what the page folds away.
document.querySelectorAll("[data-submit-on-change]").forEach((form) => {
  form.addEventListener("change", () => form.requestSubmit());
});
window.addEventListener("beforeprint", () => {
  document.querySelectorAll(".rollcall-fold").forEach((fold) => { fold.open = true; });
});
