namespace AotSidecar.NativeTests.Harness;

/// <summary>Finds the checkout that this test assembly was built from.</summary>
internal static class RepositoryRoot
{
    public static string Path { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "AotSidecar.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"no AotSidecar.sln above {AppContext.BaseDirectory}");
    }
}
