// Shows the document of this server with Swagger UI. validatorUrl is null, so
// that nothing is sent to anybody else's validator.
const note = document.querySelector("#docs");
if (typeof SwaggerUIBundle === "undefined") {
	note.textContent = "Dokumentasi tidak dapat dimuat. Muat ulang halaman ini. · The documentation could not be loaded. Reload this page.";
} else {
	SwaggerUIBundle({
		url: "/api/docs/openapi.json",
		dom_id: "#docs",
		validatorUrl: null,
		deepLinking: true,
		docExpansion: "list",
		filter: true,
		defaultModelsExpandDepth: 0,
		persistAuthorization: false,
	});
}
