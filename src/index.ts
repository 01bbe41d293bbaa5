export { views } from './core/views.js';
