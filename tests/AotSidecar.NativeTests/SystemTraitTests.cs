using System.Reflection;
using System.Runtime.Versioning;

namespace AotSidecar.NativeTests;

/// <summary>
/// A test about one system says so twice: to the compiler, which then lets it use that system's things, and to the runner,
/// which leaves it out elsewhere (<c>--filter Needs!=Linux</c>).
/// </summary>
public sealed class SystemTraitTests
{
    [Fact]
    public void Tests_AboutOneSystem_AreLeftOutByTheirTraitOnTheOthers()
    {
        var tests = typeof(SystemTraitTests).Assembly.GetTypes().SelectMany(type => type.GetMethods())
            .Where(method => method.GetCustomAttribute<FactAttribute>() is not null).ToList();

        var wrong = tests.Where(test => Traits(test) != Needs(test))
            .Select(test => $"{test.DeclaringType!.Name}.{test.Name}: trait '{Traits(test)}', uses '{Needs(test)}'");

        Assert.Contains(tests, test => Needs(test) == "Linux");
        Assert.Contains(tests, test => Needs(test) == "Unix");
        Assert.Empty(wrong);
    }

    private static string Traits(MethodInfo test) => string.Join(' ', new MemberInfo[] { test, test.DeclaringType! }
        .SelectMany(member => member.GetCustomAttributesData())
        .Where(data => data.AttributeType == typeof(TraitAttribute) && data.ConstructorArguments[0].Value is "Needs")
        .Select(data => (string)data.ConstructorArguments[1].Value!));

    private static string Needs(MethodInfo test) => string.Join(' ', new MemberInfo[] { test, test.DeclaringType! }
        .SelectMany(member => member.GetCustomAttributes<OSPlatformAttribute>())
        .Select(attribute => attribute switch
        {
            SupportedOSPlatformAttribute { PlatformName: "linux" } => "Linux",
            UnsupportedOSPlatformAttribute { PlatformName: "windows" } => "Unix",
            _ => attribute.PlatformName,
        }));
}
