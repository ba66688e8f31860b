/** MapLibre's own words in the page's language. */
export const words = (): Record<string, string> => ({
  "Map.Title": gettext("Map"),
  "NavigationControl.ZoomIn": gettext("Zoom in"),
  "NavigationControl.ZoomOut": gettext("Zoom out"),
  "FullscreenControl.Enter": gettext("Full screen"),
  "FullscreenControl.Exit": gettext("Leave full screen"),
  "AttributionControl.ToggleAttribution": gettext("Sources of the map"),
  "Popup.Close": gettext("Close"),
  "Marker.Title": gettext("Place on the map"),
  "ScaleControl.Meters": "m",
  "ScaleControl.Kilometers": "km",
  "CooperativeGesturesHandler.MobileHelpText": gettext("Use two fingers to move the map"),
  "CooperativeGesturesHandler.WindowsHelpText": gettext("Hold Ctrl and scroll to zoom the map"),
  "CooperativeGesturesHandler.MacHelpText": gettext("Hold ⌘ and scroll to zoom the map"),
});
