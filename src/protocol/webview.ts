/** Messages between the sidebar's page and the extension host; both sides parse them with the schemas here, for neither trusts the other. */
