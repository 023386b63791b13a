/* Sets the chosen theme before the first paint. A classic script on purpose: modules come too late. */

(() => {
  const chosen = localStorage.getItem("trunkline:theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
