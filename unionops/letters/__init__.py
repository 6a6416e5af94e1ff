"""Official letters (公文) in and out: their registers and numbers, drafts in official form, approval, dispatch, replies and deadlines."""
