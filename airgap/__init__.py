"""The air-gapped kit: everything the program needs, built from package registries alone.

`tools` builds the command-line programs and servers from pinned Go modules, `images` packs them into local images,
`own_images` builds those of our own programs, `engine` finds or starts a Docker engine, `online` says whether the
official downloads can be had instead. Whatever a person can act on is raised as `errors.KitError`.
"""
