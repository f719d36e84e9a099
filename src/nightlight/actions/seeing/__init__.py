"""Who may see what of a child: the policy asked, compartments, relationships, and what is left out."""
