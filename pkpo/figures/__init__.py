"""What the book shows: figures (`plots`) and figures with sliders (`explorer`, `explorers`)."""
