"""Docker hosts as people have them: engines in namespaces of their own, the real provider, containers of ours."""
