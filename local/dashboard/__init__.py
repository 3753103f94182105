"""The dashboard: its files where CloudFront serves them from, and all of it on this machine."""
