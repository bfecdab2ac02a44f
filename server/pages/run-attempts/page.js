import '/assets/layout/copy.js';
