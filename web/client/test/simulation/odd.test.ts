import { playSeeds } from './play.js';

playSeeds('odd');
