// The page where users log in.
'use strict';

for (const button of document.querySelectorAll('[data-show]')) {
  const [field, show] = [document.getElementById(button.dataset.show), button.textContent];
  button.hidden = false;
  button.addEventListener('click', () => {
    const hidden = field.type === 'password';
    field.type = hidden ? 'text' : 'password';
    button.textContent = hidden ? button.dataset.hideText : show;
    button.setAttribute('aria-pressed', String(hidden));
  });
}

const form = document.getElementById('login-form');
(form.username.value ? form.password : form.username).focus();
