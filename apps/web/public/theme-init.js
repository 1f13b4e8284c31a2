// Before the first paint, so that what is stored does not flash. Kept apart because inline scripts are forbidden.
(function () {
  try {
    var prefs = JSON.parse(localStorage.getItem('ziggy.prefs') || '{}');
    var root = document.documentElement;
    var set = function (name, allowed) {
      if (allowed.indexOf(prefs[name]) >= 0) root.setAttribute('data-' + name, prefs[name]);
    };
    set('theme', ['dark', 'light', 'contrast']);
    set('density', ['cosy', 'comfortable']);
    set('gain', ['green-red', 'red-up']);
  } catch (_) {
    // Storage is off: the system's theme stands.
  }
})();
