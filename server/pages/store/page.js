// Shows how far a check or a backup is: while one is under way, the live regions are fetched again every second.
import { again } from '../layout/live.js';

setInterval(() => { if (document.querySelector('[data-busy]')) again(); }, 1000);
