using System.Globalization;

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(int.Parse(args[0], CultureInfo.InvariantCulture)));
var app = builder.Build();
app.MapGet("/", context =>
{
    context.Response.ContentType = "application/json";
    return context.Response.Body.WriteAsync("""{"data":[],"has_more":false}"""u8.ToArray(), context.RequestAborted).AsTask();
});
await app.RunAsync();
