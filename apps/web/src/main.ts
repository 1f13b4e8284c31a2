import { bootstrapApplication } from '@angular/platform-browser';
import { Component } from '@angular/core';
import { quoteData } from '@ziggy/contracts';
@Component({ selector: 'z-root', template: `<main><h1>{{ title }}</h1></main>` })
class Root { protected readonly title = Object.keys(quoteData.shape).length; }
await bootstrapApplication(Root);
