/** Every page's script: what works without it works better with it. */
import "./css/office.css";
import { appearance } from "./appearance.ts";
import { codes } from "./codes.ts";
import { lists } from "./lists.ts";
import { menus } from "./menus.ts";
import { notices } from "./notices.ts";
import { paper } from "./paper.ts";
import { search } from "./search.ts";
import { whereabouts } from "./whereabouts.ts";

appearance();
menus();
search();
lists();
notices();
paper();
codes();
whereabouts();
