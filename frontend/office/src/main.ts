/** Every page's script: what works without it works better with it. */
import "./css/office.css";
import { appearance } from "./appearance.ts";
import { lists } from "./lists.ts";
import { menus } from "./menus.ts";
import { notices } from "./notices.ts";
import { paper } from "./paper.ts";
import { search } from "./search.ts";

appearance();
menus();
search();
lists();
notices();
paper();
