// Before the first paint, so that a stored theme does not flash. Kept apart because inline scripts are forbidden.
(function () {
  try {
    var prefs = JSON.parse(localStorage.getItem('ziggy.prefs') || '{}');
    if (['dark', 'light', 'contrast'].indexOf(prefs.theme) >= 0)
      document.documentElement.setAttribute('data-theme', prefs.theme);
  } catch (_) {
    // Storage is off: the system's theme stands.
  }
})();
