"""`./adaptive-site`: checks a built site, publishes it, and explains what a request gets."""
