import { playSeeds } from './play.js';

playSeeds('even');
