import { bootstrapApplication } from '@angular/platform-browser';
import { App } from './app/app';
import { appConfig } from './app/app.config';
import { loadConfig } from './app/core/config/load-config';
import { loadTexts } from './app/core/language/load-texts';
import { StartProblem, problemConfig } from './app/start-problem';

async function start(): Promise<void> {
  const [config, language] = await Promise.all([loadConfig(), loadTexts()]);
  if (typeof config === 'string') await bootstrapApplication(StartProblem, problemConfig(config, language));
  else await bootstrapApplication(App, appConfig(config, language));
}

void start();
