/** Draws the charts of report.html in the browser. */
import './style.css';
