import { Component, input, model } from '@angular/core';
import type { Role } from '@ziggy/contracts';
import { ROLE_CHOICES, ROLE_WORDS } from '../identity/role-words.ts';

let count = 0;

/** One role of all, each explained in a sentence. */
@Component({
  selector: 'z-role-choice',
  template: `<fieldset>
    <legend>{{ label() }}</legend>
    @for (choice of choices; track choice.id) {
      <label class="option">
        <input
          type="radio"
          [name]="name"
          [value]="choice.id"
          [checked]="choice.id === value()"
          (change)="value.set(choice.id)"
        />
        <span
          ><b>{{ choice.label }}</b> <small>{{ words[choice.id] }}</small></span
        >
      </label>
    }
  </fieldset>`,
  styleUrl: '../sections/section.scss',
})
export class RoleChoice {
  readonly label = input('Role');
  readonly value = model.required<Role>();
  protected readonly choices = ROLE_CHOICES;
  protected readonly words = ROLE_WORDS;
  protected readonly name = `role-${(count += 1)}`;
}
