import { Routes } from '@angular/router';

export const authRoutes: Routes = [];
