// What the pages do beyond what htmx does: each file is one island, and all listen on the document, so that a fragment
// that arrives later needs nothing to be started.
import "./morph";
import "./copy";
import "./menus";
import "./toasts";
import "./keyboard";
import "./palette";
import "./inbox";
import "./conversation";
import "./composer";
import "./times";
import "./timeline";
import { startLive } from "./live";

startLive();
