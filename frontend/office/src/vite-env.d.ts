/// <reference types="vite/client" />
/// <reference path="../../shared/src/django.d.ts" />
