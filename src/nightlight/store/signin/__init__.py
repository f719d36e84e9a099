"""Signing in: second factors, sign-ins, a provider's subjects, keys of services, and what is counted against misuse."""
