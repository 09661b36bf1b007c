// What every page loads: htmx, and each island as soon as a page has one.
import "htmx.org";
