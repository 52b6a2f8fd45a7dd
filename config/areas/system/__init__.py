"""The hosts: CPU, memory, disks, network, clocks."""
