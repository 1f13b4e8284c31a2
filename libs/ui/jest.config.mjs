import preset from '../../jest.angular.preset.mjs';

export default { ...preset };
