"""The occupational standard BAS4999-001v2 as data, and which screens serve each of its codes."""
